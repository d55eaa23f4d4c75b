import { Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { useUrl } from '../ui/useUrl.ts'
import { type Dimension, isMetadata, metadataBy, metadataName } from './dimension.ts'
import { dimensions } from './dimensions.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const metadata = 'metadata'

/** By what the list is added up; of metadata by the name of a field. */
export function DimensionPicker({ dimension }: { readonly dimension: Dimension }) {
  const [, set] = useUrl()
  const [isOpen, setOpen] = useState(isMetadata(dimension.by))
  const pick = (picked: string | null) => {
    setOpen(picked === metadata)
    if (picked !== null && picked !== metadata) set({ by: picked })
  }
  return (
    <Group gap="xs" align="flex-end">
      <Select
        size="xs"
        aria-label={t('by')}
        allowDeselect={false}
        data={[
          ...dimensions.map(({ by, text }) => ({ value: by, label: t(text) })),
          { value: metadata, label: t('byMetadata') },
        ]}
        value={isOpen ? metadata : dimension.by}
        onChange={pick}
      />
      {isOpen && <MetadataName by={dimension.by} />}
    </Group>
  )
}

function MetadataName({ by }: { readonly by: string }) {
  const [, set] = useUrl()
  const [name, setName] = useState(isMetadata(by) ? metadataName(by) : '')
  const keep = useDebouncedCallback((typed: string) => {
    if (typed !== '') set({ by: metadataBy(typed) })
  }, 500)
  return (
    <TextInput
      size="xs"
      aria-label={t('metadataName')}
      placeholder={t('metadataHint')}
      maxLength={120}
      value={name}
      onChange={(event) => {
        setName(event.currentTarget.value)
        keep(event.currentTarget.value.trim())
      }}
    />
  )
}
