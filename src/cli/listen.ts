/**
 * Runs src/app.ts by fastify-cli, which `npm run dev` also does. A start of our own would have to
 * follow it in its time limits, its address in a container, its FASTIFY_ variables and its graceful
 * stop.
 */
import type { AppOptions } from '../app.ts'
import { moduleFile } from '../module-file.ts'

/** The options of `npm run dev`, which fastify.config.ts gives to fastify-cli. */
const FASTIFY_CLI_OPTIONS = ['--options', '--plugin-timeout', '60000', '--close-grace-delay', '10000']

export interface ListenOptions {
  readonly port?: string | undefined
  readonly address?: string | undefined
  /** Parts of the service that a worker process hands in. */
  readonly parts?: AppOptions
}

export interface RunningServer {
  /** Answers the requests under way, and then stops. */
  close(): PromiseLike<unknown>
}

/** @throws Error with a sentence for the operator */
export async function listen({ port, address, parts }: ListenOptions): Promise<RunningServer> {
  const { default: helper } = await import('fastify-cli/helper.js')
  try {
    return await helper.listen(
      [
        ...FASTIFY_CLI_OPTIONS,
        ...(port === undefined ? [] : ['--port', port]),
        ...(address === undefined ? [] : ['--address', address]),
        moduleFile(import.meta, '../app'),
      ],
      parts,
    )
  } catch (error) {
    throw startError(error as ListenError)
  }
}

/** An error of Node.js, or of a start that failed before it listened. */
interface ListenError extends NodeJS.ErrnoException {
  readonly address?: string
  readonly port?: number
}

function startError(error: ListenError): Error {
  const { code, address, port } = error
  if (code !== 'EADDRINUSE' || port === undefined) return error
  return new Error(
    `Port ${port} of ${address} is in use, perhaps by a service that is still running. Stop that program, or choose another port, such as PORT=${port + 1}`,
  )
}
