import type { UsageItem } from '../../src/requests/schema.ts'
import { dimensions } from './dimensions.data.ts'

export type Dimension = {
  readonly by: string
  readonly text: (typeof dimensions)[number]['text'] | 'byMetadata'
  readonly filter?: string
  /** The filter of what a tool or model is part of. */
  readonly of?: string
}

const metadata = 'metadata.'
export const isMetadata = (by: string): boolean => by.startsWith(metadata) && by.length > metadata.length
export const metadataBy = (name: string): string => `${metadata}${name}`
export const metadataName = (by: string): string => by.slice(metadata.length)

/** As the address names it; what it does not know is by key. */
export function dimensionOf(by: string | undefined): Dimension {
  if (by !== undefined && isMetadata(by)) return { by, text: 'byMetadata' }
  return dimensions.find((one) => one.by === by) ?? dimensions[0]
}

/** The filters that leave one row of a list; null where there are none. */
export function filtersOf({ filter, of }: Dimension, item: UsageItem): Readonly<Record<string, string>> | null {
  if (filter === undefined || item.id === null) return null
  return { [filter]: item.id, ...(of !== undefined && item.of !== null ? { [of]: item.of } : {}) }
}
