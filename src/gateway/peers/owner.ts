import { hash } from 'node:crypto'

/**
 * Which of the gateways runs what has this name (rendezvous hashing): each asks for itself and all come to the same
 * answer, whatever the order in which they know each other. One that leaves gives up its own and moves nothing else.
 */
export function ownerAmong(gateways: readonly string[], name: string): string {
  let owner = ''
  let highest = ''
  for (const gateway of gateways) {
    const weight = hash('sha256', `${gateway}\n${name}`, 'hex')
    if (weight <= highest) continue
    highest = weight
    owner = gateway
  }
  return owner
}
