/**
 * Requests from a verifier to the service, bounded in time and size.
 *
 * Threat: the service, or an attacker in its place, never answers, sends an endless body, redirects
 * elsewhere, or answers with a page.
 * Guarantee: the request ends with `signal`. At most `maxBytes` of the body are read, after
 * decompression. A redirect, another status than 200 or another media type is an error.
 * Limits: the caller checks the content. Messages contain no header and no body.
 */

export interface BoundedRequest {
  readonly url: string
  readonly signal: AbortSignal
  readonly maxBytes: number
  readonly mediaTypes: readonly string[]
  readonly init?: Pick<RequestInit, 'method' | 'headers' | 'body'>
}

/** Returns the JSON of the answer. Rejects with an error whose message is for operators. */
export async function fetchJson({
  url,
  signal,
  maxBytes,
  mediaTypes,
  init,
}: BoundedRequest): Promise<unknown> {
  const response = await fetch(url, { ...init, signal, redirect: 'manual' }).catch((cause: Error) => {
    throw new Error(explained(cause), { cause })
  })
  try {
    if (response.status !== 200) throw new Error(`it answered with status ${response.status}`)
    const mediaType = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
    if (!mediaTypes.includes(mediaType as string))
      throw new Error(`its answer is ${JSON.stringify(mediaType)}, not ${mediaTypes.join(' or ')}`)
  } catch (error) {
    await discard(response)
    throw error
  }
  return parsed(await textOf(response, maxBytes))
}

const explained = ({ name, cause }: Error): string => {
  if (name === 'TimeoutError') return 'it did not answer in time'
  const code = (cause as { code?: unknown } | undefined)?.code
  return `it cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`
}

const discard = async ({ body }: Response): Promise<void> => {
  // A connection that has failed already has nothing to cancel.
  await body?.cancel().catch(() => {})
}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    // Only statuses other than 200 have no body.
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      bytes += chunk.byteLength
      // Leaving the loop cancels the body, which closes the connection.
      if (bytes > maxBytes) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new Error(
      (cause as Error).name === 'TimeoutError' ? 'it did not answer in time' : 'its answer broke off',
      { cause },
    )
  }
  if (bytes > maxBytes) throw new Error(`its answer is larger than ${maxBytes} bytes`)
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of the parser quotes the body.
    throw new Error('its answer is no JSON')
  }
}
