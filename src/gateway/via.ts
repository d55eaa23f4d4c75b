/**
 * Whatever we send on says that it went through here (RFC 9110 §7.6.3). A server whose address leads back to this gateway
 * would otherwise be called by its own call, again and again, until the sockets are used up. It also tells programs that
 * trust this machine that the call is not this machine's own.
 */
const ours = '1.1 ostiary-'
/** Through this many gateways of ours no honest call goes: replicas do not know each other's ids. */
const longestChain = 4

export const viaOf = (inbound: string | undefined, gatewayId: string): string =>
  inbound === undefined ? ours + gatewayId : `${inbound}, ${ours}${gatewayId}`

/** The call has been here before, or goes round among gateways. */
export function goesRound(inbound: string | undefined, gatewayId: string): boolean {
  if (inbound === undefined) return false
  const passed = inbound.split('ostiary-').slice(1)
  return passed.length > longestChain || passed.some((rest) => rest.startsWith(gatewayId))
}
