import { admitsAddress } from '../../access/addresses.ts'
import { admits } from '../../access/choice.ts'
import type { Narrow } from '../../access/narrow/schema.ts'
import type { ExplainInput } from '../../access/schema.ts'
import type { Db } from '../../db/database.ts'
import type { Directory } from '../../keys/directory.ts'
import { networkOf, parseAddress, parseNetwork } from '../../keys/network.ts'
import type { AddressRule, KeyRecord } from '../../keys/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { addressesFor, type Place } from './world.ts'

/**
 * From where a call is thought to come. Whoever asks without a word about it wants to know of the other reasons, so
 * address and gateway are then ones that the key admits, if there is any.
 */
export async function placeOf(
  directory: Pick<Directory, 'gateways'>,
  db: Db,
  key: KeyRecord,
  asked: Pick<ExplainInput, 'address' | 'gateway'> = {},
  narrows: readonly Narrow[] = [],
): Promise<Result<Place>> {
  if (asked.address !== undefined && parseAddress(asked.address) === null)
    return invalid('/address', 'is no IPv4 or IPv6 address')
  const gateway = await gatewayOf(directory, db, key, asked.gateway)
  if (gateway === null) return invalid('/gateway', 'there is no such gateway')
  const address = asked.address ?? admittedAddress(key, narrows, await addressesFor(db, key))
  return ok({ address, gateway })
}

async function gatewayOf(
  directory: Pick<Directory, 'gateways'>,
  db: Db,
  { organization, scope: { gateways } }: KeyRecord,
  asked: string | undefined,
): Promise<string | null> {
  const look = async (names: readonly string[]) => [...(await directory.gateways(db, organization, names)).values()]
  if (asked !== undefined) return (await look([asked]))[0]?.id ?? null
  if (gateways.mode !== 'only') return anyGateway
  const live = await look(gateways.items)
  return live.find(({ id }) => admits(gateways, id))?.id ?? anyGateway
}

/** No list names it, so every choice but `none` and `only` admits it. */
const anyGateway = 'gwy_any'
const anyAddress = '127.0.0.1'

function admittedAddress(
  { scope, pin }: KeyRecord,
  narrows: readonly Narrow[],
  forced: readonly AddressRule[],
): string {
  const rules = [scope.addresses, ...forced, ...narrows.flatMap(({ addresses }) => addresses ?? [])]
  const home = pin?.network ?? null
  const cidrs = [...rules.flatMap((rule) => (rule.mode === 'any' ? [] : rule.cidrs)), ...(home === null ? [] : [home])]
  const within = cidrs.map((cidr) => parseNetwork(cidr)?.text ?? '')
  const isAdmitted = (address: string): boolean =>
    rules.every((rule) => admitsAddress(rule, address)) && (home === null || networkOf(address) === home)
  return within.find(isAdmitted) ?? anyAddress
}

const invalid = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer.slice(1)} ${detail}.`, errors: [{ pointer, detail }] })
