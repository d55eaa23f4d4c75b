import { TextInput } from '@mantine/core'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'
import { useTyped } from './useTyped.ts'
import { useUrl } from './useUrl.ts'

const t = translator(texts)

type Props = {
  /** In the address. */
  readonly name: string
  readonly label: string
  readonly description?: string
  readonly placeholder?: string
}

/** Narrows a list by what is written, which stands in the address. */
export function FilterText({ name, placeholder = t('any'), ...field }: Props) {
  const [url, set] = useUrl()
  const [text, type] = useTyped(url[name] ?? '', (typed) => set({ [name]: typed }))
  return (
    <TextInput
      {...field}
      className="filter"
      placeholder={placeholder}
      autoComplete="off"
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  )
}
