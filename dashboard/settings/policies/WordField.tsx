import { Select } from '@mantine/core'

type Props<W extends string> = {
  readonly label: string
  readonly description: string
  readonly words: readonly W[]
  readonly textOf: (word: W) => string
  readonly value: W
  readonly onChange: (word: W) => void
  readonly error?: string | undefined
}

/** One of a few words. */
export const WordField = <W extends string>({ words, textOf, value, onChange, ...field }: Props<W>) => (
  <Select
    {...field}
    allowDeselect={false}
    data={words.map((word) => ({ value: word, label: textOf(word) }))}
    value={value}
    onChange={(said) => {
      const word = words.find((each) => each === said)
      if (word !== undefined) onChange(word)
    }}
  />
)
