/**
 * What is refused before it is a request, because it cannot be read as HTTP or does not come in time. No hook hears of it
 * and no error handler, so its answer is written here, in the shape of every other.
 *
 * It is not logged: the error holds the bytes that came, and a cookie may be among them.
 */

import type { Socket } from 'node:net'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import { STATUS_CODES } from './statuses.ts'

const CODES: Readonly<Record<string, AuthErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
}

/** @param headers what every answer carries */
export function createClientErrorHandler(headers: Readonly<Record<string, string>>) {
  return (failure: NodeJS.ErrnoException, socket: Socket): void => {
    // Whoever has gone is told nothing.
    if (socket.writable) socket.write(answer(CODES[failure.code as string] ?? 'INVALID_REQUEST', headers))
    socket.destroy()
  }
}

function answer(refused: AuthErrorCode, headers: Readonly<Record<string, string>>): string {
  const { code, statusCode, message } = new AuthError(refused)
  const error = STATUS_CODES[statusCode]
  const body = JSON.stringify({ statusCode, code, error, message })
  const all = {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${statusCode} ${error}`, ...lines, '', body].join('\r\n')
}
