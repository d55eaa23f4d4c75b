import { Select } from '@mantine/core'
import type { ReactNode } from 'react'
import type { TargetType } from '../../../src/limits/schema.ts'
import { translator } from '../../texts.ts'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { Filters } from '../../ui/Filters.tsx'
import { places } from './kinds.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly types: readonly TargetType[]
  /** As they stand in the address. */
  readonly type: string | undefined
  readonly target: string | undefined
  readonly onChange: (patch: { readonly type?: string | undefined; readonly target?: string | undefined }) => void
  readonly children?: ReactNode
}

/** Narrows a list to a kind of target, and to one of that kind. */
export function TargetFilter({ types, type, target, onChange, children }: Props) {
  const kind = types.find((one) => one === type)
  return (
    <Filters>
      <Select
        label={t('about')}
        placeholder={t('anyTarget')}
        clearable
        data={types.map((one) => ({ value: one, label: t(one) }))}
        value={kind ?? null}
        onChange={(picked) => onChange({ type: picked ?? undefined, target: undefined })}
      />
      {kind !== undefined && kind !== 'organization' && (
        <EntityPicker
          key={kind}
          path={places[kind]}
          label={t(kind === 'tool' ? 'server' : kind === 'model' ? 'provider' : kind)}
          clearable
          value={target ?? null}
          onChange={(picked) => onChange({ target: picked ?? undefined })}
        />
      )}
      {children}
    </Filters>
  )
}
