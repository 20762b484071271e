/**
 * The address of the client, behind proxies that the operator trusts.
 *
 * Threat: a client writes an `X-Forwarded-For` of its own, to be counted as another address at each request, or to have
 * an address of its choice in the audit table.
 * Guarantee: an entry counts only if the peer that sent it is a trusted proxy. An entry that is no address ends the search:
 * the last address that was believed counts.
 * Limits: a trusted proxy is believed. One that passes on what its clients wrote defeats this.
 * Source: MDN on X-Forwarded-For ("trusted proxy list"). Some proxies add the port, as Azure Application Gateway does.
 */
import { BlockList, isIP } from 'node:net'

export type IsTrusted = (address: string) => boolean

/** @param trustProxy addresses and networks separated by commas, as TRUST_PROXY has them */
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
 * @param peer address of the socket; undefined when the client has gone
 * @param forwardedFor the header as it came, several lines joined by commas
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

/** `192.0.2.1:5678` and `[2001:db8::1]:5678` are addresses with a port; an IPv6 address without brackets has none. */
function withoutPort(entry: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? []
  return bracketed ?? plain ?? entry
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
