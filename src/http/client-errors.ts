/**
 * Answers requests that Node.js refuses because they are not valid HTTP or do not arrive in time.
 * No hook and no error handler sees them, so the answer is written here, in the shape of all
 * others.
 *
 * They are not logged: the error contains the received bytes, which may include a cookie.
 */

import type { Socket } from 'node:net'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import { STATUS_CODES } from './statuses.ts'

const CODES: Readonly<Record<string, AuthErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
}

/** @param headers the headers of every answer */
export function createClientErrorHandler(headers: Readonly<Record<string, string>>) {
  return (failure: NodeJS.ErrnoException, socket: Socket): void => {
    // The client may have closed the connection.
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
