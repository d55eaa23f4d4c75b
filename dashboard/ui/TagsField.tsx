import { TagsInput, type TagsInputProps } from '@mantine/core'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = Omit<TagsInputProps, 'splitChars' | 'onChange' | 'value'> & {
  readonly value: string[]
  readonly onChange: (value: string[]) => void
}

/** A list that is typed or pasted: comma, space, semicolon and new line part it, doubles are left out. */
export const TagsField = ({ onChange, description = t('pasteHint'), ...props }: Props) => (
  <TagsInput
    {...props}
    description={description}
    splitChars={[',', ' ', '\n', '\r', '\t', ';']}
    acceptValueOnBlur
    attributes={{ pill: { translate: 'no' } }}
    onChange={(values) => onChange([...new Set(values.flatMap((value) => value.split(/[\s,;]+/)).filter(Boolean))])}
  />
)
