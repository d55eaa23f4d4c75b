import { MultiSelect, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { Data } from './Data.tsx'
import { texts } from './texts.data.ts'
import { useNames } from './useNames.ts'
import { withoutSecrets } from './withoutSecrets.ts'

const t = translator(texts)

type Path = `/${string}`

type Common = {
  readonly path: Path
  readonly query?: Readonly<Record<string, string>>
  readonly label: string
  readonly description?: string
  readonly placeholder?: string
  readonly error?: string | undefined
  readonly required?: boolean
  readonly disabled?: boolean
  readonly clearable?: boolean
}
/** What is chosen and not in the list (a name of the future, or one that may not be seen) stays chosen. */
const withChosen = (options: readonly { value: string; label: string }[], chosen: readonly string[]) => [
  ...options,
  ...chosen.filter((id) => !options.some(({ value }) => value === id)).map((id) => ({ value: id, label: id })),
]

export function EntityPicker({
  path,
  query,
  value,
  onChange,
  ...field
}: Common & { readonly value: string | null; readonly onChange: (id: string | null) => void }) {
  const [search, setSearch] = useState('')
  const { options } = useSearched(path, query, search)
  return (
    <Select
      {...field}
      searchable
      // Choosing what is chosen already takes nothing away where something must be.
      allowDeselect={!field.required}
      data={withChosen(options, value === null ? [] : [value])}
      value={value}
      onChange={onChange}
      searchValue={search}
      onSearchChange={(typed) => setSearch(withoutSecrets(typed))}
      nothingFoundMessage={t('noMatch')}
      renderOption={({ option }) => <Data>{option.label}</Data>}
      limit={100}
    />
  )
}

export function EntitiesPicker({
  path,
  query,
  value,
  onChange,
  ...field
}: Common & { readonly value: readonly string[]; readonly onChange: (ids: string[]) => void }) {
  const [search, setSearch] = useState('')
  const { options } = useSearched(path, query, search)
  return (
    <MultiSelect
      {...field}
      searchable
      hidePickedOptions
      data={withChosen(options, value)}
      value={[...value]}
      onChange={onChange}
      searchValue={search}
      onSearchChange={(typed) => setSearch(withoutSecrets(typed))}
      nothingFoundMessage={t('noMatch')}
      renderOption={({ option }) => <Data>{option.label}</Data>}
      limit={100}
    />
  )
}

/** Lists that search themselves are asked again with what is typed; the others are searched here. */
function useSearched(path: Path, query: Readonly<Record<string, string>> | undefined, search: string) {
  const [asked] = useDebouncedValue(search, 200)
  const searches = path === '/keys' && asked !== ''
  return useNames(path, { ...query, ...(searches ? { search: asked } : {}) })
}
