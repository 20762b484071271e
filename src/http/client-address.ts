/**
 * Finds the address of a client behind proxies that the operator trusts.
 *
 * Threat: a client sends its own `X-Forwarded-For`, to be counted under another address at each
 * request, or to put an address of its choice into the audit table.
 * Guarantee: an entry counts only if a trusted proxy sent it. An entry that is not an address ends
 * the search, and the last trusted entry counts.
 * Limits: a trusted proxy that passes on the header of its clients defeats this.
 * Source: MDN on X-Forwarded-For ("trusted proxy list"). Some proxies add the port, such as Azure
 * Application Gateway.
 */
import { BlockList, isIP } from 'node:net'

/** Returns whether the address is a trusted proxy. */
export type IsTrusted = (address: string) => boolean

/** @param trustProxy the setting TRUST_PROXY: addresses and networks separated by commas */
export function trustedProxies(trustProxy: string | undefined): IsTrusted {
  if (trustProxy === undefined) return () => false
  const list = new BlockList()
  for (const entry of trustProxy.split(',')) {
    const [address, prefix] = entry.split('/') as [string, string | undefined]
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return (address) => list.check(address, familyOf(address))
}

/**
 * Returns the address of the client, or an empty string if the client has closed the connection.
 * @param peer address of the socket; undefined if the client has closed the connection
 * @param forwardedFor the X-Forwarded-For header, several lines joined by commas
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isTrusted: IsTrusted,
): string {
  if (peer === undefined) return ''
  if (forwardedFor === undefined) return peer
  let address = peer
  const entries = forwardedFor.split(',')
  while (entries.length > 0 && isTrusted(address)) {
    const entry = withoutPort((entries.pop() as string).trim())
    if (isIP(entry) === 0) break
    address = entry
  }
  return address
}

/**
 * Removes the port of `192.0.2.1:5678` and `[2001:db8::1]:5678`. IPv6 without brackets has none.
 */
function withoutPort(entry: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? []
  return bracketed ?? plain ?? entry
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
