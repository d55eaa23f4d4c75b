import { lookup } from 'node:dns/promises'
import { createGet } from '../providers/look/get.ts'
import { alarmAt, createPriceList } from '../providers/prices/list.ts'
import { packageSource } from '../providers/prices/package.ts'
import type { World } from './world.ts'

/** The price list of this program, and the way to look at a provider. */
export const createProviderLinks = () => ({
  priceList: createPriceList(packageSource),
  get: createGet((name) => lookup(name, { all: true })),
})

/** At the start: says which models a broken list leaves without a price. */
export const checkPrices = ({ log }: Pick<World, 'log'>): void =>
  alarmAt(createPriceList(packageSource), packageSource, {
    error: (fields, message) => log.error({ ...fields }, message),
  })
