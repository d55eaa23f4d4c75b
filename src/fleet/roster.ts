import type { Moment } from './freshness.ts'

/** A gateway as its credential says. It is sent the records of its own organization; `serve`'s own gateways get all. */
export type AttachedGateway = {
  readonly id: string
  readonly name: string
  readonly organizationId: string
  readonly serves?: 'all'
}

type Serving = { readonly organizationId: string; readonly serves?: 'all' | undefined }
export const servesOrganization = (gateway: Serving, organizationId: string): boolean =>
  gateway.serves === 'all' || gateway.organizationId === organizationId

/** What control knows about one process of a gateway: enough to say until when it may decide with what it has. */
export type Standing = {
  readonly gateway: AttachedGateway
  readonly attached: boolean
  /** Last acknowledged number of the change log. */
  readonly applied: number | null
  /** Receipt of its last heartbeat that was answered; null: it never was, so it decides nothing. */
  readonly lastAnswered: Moment | null
}

/**
 * Processes that vanished without a goodbye. They may be alive behind a broken network and go on deciding until their
 * freshness ends, so no answer may forget them earlier.
 */
export type Vanished = {
  readonly add: (boot: string | null, standing: Standing) => void
  /** The process of this boot is back, or a gateway seen before our own start has come again. */
  readonly back: (gatewayId: string, boot: string) => Standing | null
  /** The supervisor has reaped every process of this gateway. */
  readonly gone: (gatewayId: string) => void
  readonly all: () => Standing[]
}

/** No freshness is longer (`available`: 24 h); after it the process decides nothing, whatever its organization says. */
const longestMs = 86_400_000 + 1000

export function createVanished(moment: () => Moment): Vanished {
  const byBoot = new Map<string, Standing>()
  const reaped = new Set<string>()
  const slotOf = (gatewayId: string, boot: string | null): string => `${gatewayId} ${boot ?? ''}`
  const prune = (): void => {
    for (const [slot, { lastAnswered }] of byBoot) {
      if (!lastAnswered || moment().monotonic - lastAnswered.monotonic > longestMs) byBoot.delete(slot)
    }
  }
  return {
    add: (boot, standing) => {
      prune()
      // Reaped before the list of gateways from before our start could be read.
      if (boot === null && reaped.has(standing.gateway.id)) return
      if (standing.lastAnswered) byBoot.set(slotOf(standing.gateway.id, boot), { ...standing, attached: false })
    },
    back: (gatewayId, boot) => {
      const known = byBoot.get(slotOf(gatewayId, boot)) ?? null
      byBoot.delete(slotOf(gatewayId, boot))
      // Entries without a boot are from before our start: whoever comes with that gateway's token is that process.
      byBoot.delete(slotOf(gatewayId, null))
      return known
    },
    gone: (gatewayId) => {
      reaped.add(gatewayId)
      for (const [slot, standing] of byBoot) if (standing.gateway.id === gatewayId) byBoot.delete(slot)
    },
    all: () => {
      prune()
      return [...byBoot.values()]
    },
  }
}
