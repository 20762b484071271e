/** The messages between the primary process and its workers. */

import type { Argon2Parameters } from '../credentials/hash-worker.ts'
import type { CountAnswer, CountCall } from '../limits/batches.ts'

export type PasswordJob =
  | { readonly kind: 'hash'; readonly password: string; readonly parameters: Argon2Parameters }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string }

export type FromWorker =
  /** The worker listens. */
  | { readonly tacit: 'ready' }
  /** The worker cannot start. The sentence is for the operator. */
  | { readonly tacit: 'failed'; readonly sentence: string }
  | { readonly tacit: 'count'; readonly id: number; readonly calls: readonly CountCall[] }
  | { readonly tacit: 'hash'; readonly id: number; readonly job: PasswordJob }
  | { readonly tacit: 'metrics'; readonly id: number; readonly metrics: readonly object[] }

export type FromPrimary =
  | { readonly tacit: 'counted'; readonly id: number; readonly answers: readonly CountAnswer[] }
  | { readonly tacit: 'hashed'; readonly id: number; readonly value: string | boolean }
  /** The hash failed. Without an error, the hashing process was lost. */
  | { readonly tacit: 'hashed'; readonly id: number; readonly error: string | null }
  | { readonly tacit: 'metrics'; readonly id: number }
  /** Whether the machines share the limits now. */
  | { readonly tacit: 'degraded'; readonly isDegraded: boolean }
  /** Finish the requests under way, accept no others, and end. */
  | { readonly tacit: 'stop' }
  /** Let clients go to other workers, and then end. */
  | { readonly tacit: 'drain' }

/** What a worker gets as its only argument. */
export interface WorkerArguments {
  /** The first worker tells the operator what all of them would tell. */
  readonly isFirst: boolean
  /** Whether Redis is away. */
  readonly isDegraded: boolean
  readonly port?: string | undefined
  readonly address?: string | undefined
}

/** How long a worker that stops may take for the requests under way. */
export const STOP_GRACE_MS = 10_000
