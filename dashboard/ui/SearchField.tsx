import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useTyped } from './useTyped.ts'
import { useUrl } from './useUrl.ts'

type Props = {
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  readonly onChange: (text: string) => void
}

/** For what is searched through on the page itself. */
export const SearchField = ({ value, onChange, ...said }: Props) => (
  <TextInput
    className="search"
    type="search"
    {...said}
    leftSection={<IconSearch size={16} aria-hidden />}
    maxLength={120}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
)

/** For a list that control searches: it stands in the address as `?search=`. */
export function SearchFilter(said: Pick<Props, 'label' | 'placeholder'>) {
  const [{ search = '' }, set] = useUrl()
  const [text, type] = useTyped(search, (typed) => set({ search: typed }))
  return <SearchField {...said} value={text} onChange={type} />
}
