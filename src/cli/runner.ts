import type { Roles } from '../access/roles.ts'
import type { Answer } from './output.ts'
import type { Service } from './service.ts'

/** How a command is carried out. */
export interface Runner {
  readonly roles: Roles
  /** Works on the database, which must exist: a mistyped DATABASE_URL leaves no empty file behind. */
  answer(work: (service: Service) => Promise<Answer>): Promise<void>
  /** Works on the database, which is created if it does not exist. */
  create(work: (service: Service) => Promise<Answer>): Promise<void>
  /** Prints an answer that needs no settings and no database. */
  say(answer: Answer): Promise<void>
}
