import { Select } from '@mantine/core'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'
import { useUrl } from './useUrl.ts'

const t = translator(texts)

type Props = {
  /** In the address. */
  readonly name: string
  readonly label: string
  /** What is shown where nothing is chosen. */
  readonly any?: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
}

/** More of them are easier to find by typing. */
const shownAtOnce = 12

/** Narrows a list by what stands in the address. */
export function FilterSelect({ name, label, any = t('any'), options }: Props) {
  const [url, set] = useUrl()
  return (
    <Select
      className="filter"
      label={label}
      placeholder={any}
      clearable
      searchable={options.length > shownAtOnce}
      data={[...options]}
      value={url[name] ?? null}
      onChange={(chosen) => set({ [name]: chosen ?? undefined })}
    />
  )
}
