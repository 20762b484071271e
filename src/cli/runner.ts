import type { Roles } from '../access/roles.ts'
import type { Answer } from './output.ts'
import type { Service } from './service.ts'

/** How a command is carried out. */
export interface Runner {
  readonly roles: Roles
  /** With the database open. */
  answer(work: (service: Service) => Promise<Answer>): Promise<void>
  /** Without any settings or database. */
  say(answer: Answer): Promise<void>
}
