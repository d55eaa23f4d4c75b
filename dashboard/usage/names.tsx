import type { ReactNode } from 'react'
import type { UsageItem } from '../../src/requests/schema.ts'
import type { Refs } from '../api.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { slotText } from './slot.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** How rows of a list are called: as text, and as it is shown. */
export type Names = {
  readonly textOf: (item: UsageItem) => string
  readonly shown: (item: UsageItem) => ReactNode
}

const tiers = ['development', 'staging', 'production'] as const

export function namesIn(by: string, refs: Refs): Names {
  const ownText = ({ id }: UsageItem): string | null => {
    if (id === null) return t('none')
    const tier = by === 'environment' ? tiers.find((one) => one === id) : undefined
    if (tier !== undefined) return t(tier)
    return by === 'status' && id === '0' ? t('noAnswer') : null
  }
  const written = ({ id, of }: UsageItem): string => {
    if (by === 'hour' || by === 'day') return slotText(id ?? '', by)
    const name = refs[id ?? '']?.name ?? id ?? ''
    return of === null ? name : `${refs[of]?.name ?? of} › ${name}`
  }
  return {
    textOf: (item) => ownText(item) ?? written(item),
    shown: (item) => ownText(item) ?? <Data>{written(item)}</Data>,
  }
}
