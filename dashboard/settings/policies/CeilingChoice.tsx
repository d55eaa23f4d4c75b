import { Select, Stack } from '@mantine/core'
import type { Choice } from '../../../src/keys/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { EntitiesPicker } from '../../ui/EntityPicker.tsx'
import { TagsField } from '../../ui/TagsField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const modes = ['all', 'none', 'only', 'except'] as const
const textOf = { all: t('all'), none: t('none'), only: t('onlyThese'), except: t('except') } as const

type Props = {
  readonly label: string
  readonly path: '/servers' | '/providers'
  readonly value: Choice | undefined
  readonly onChange: (choice: Choice | undefined) => void
}

/** Which servers or providers a key of a member may have at all. */
export function CeilingChoice({ label, path, value, onChange }: Props) {
  const items = value?.mode === 'only' || value?.mode === 'except' ? value.items : []
  const choose = (said: string | null) => {
    const mode = modes.find((each) => each === said)
    if (mode === undefined) return onChange(undefined)
    onChange(mode === 'only' || mode === 'except' ? { mode, items: [...items] } : { mode })
  }
  return (
    <Stack gap="xs">
      <Select
        label={label}
        placeholder={t('unbounded')}
        clearable
        data={modes.map((mode) => ({ value: mode, label: textOf[mode] }))}
        value={value?.mode ?? null}
        onChange={choose}
      />
      {(value?.mode === 'only' || value?.mode === 'except') && (
        <Named
          path={path}
          label={`${label}: ${textOf[value.mode]}`}
          items={items}
          onChange={(said) => onChange({ mode: value.mode, items: said })}
        />
      )}
    </Stack>
  )
}

type NamedProps = {
  readonly path: '/servers' | '/providers'
  readonly label: string
  readonly items: readonly string[]
  readonly onChange: (items: string[]) => void
}
/** Members read policies and no list of all servers: to them these are ids. */
function Named({ path, label, items, onChange }: NamedProps) {
  const may = useMay()
  const mayList = may(path === '/servers' ? 'servers:read' : 'providers:read') === 'all'
  if (!mayList) return <TagsField label={label} value={[...items]} onChange={onChange} />
  return <EntitiesPicker path={path} label={label} value={items} onChange={onChange} />
}
