import { TextInput } from '@mantine/core'
import { useRef } from 'react'
import type { Refusal } from '../api.ts'
import { slugOf } from './slugOf.ts'
import { fieldError } from './useChange.ts'

type NameAndSlugValues = { readonly name: string; readonly slug: string }
type Props = {
  readonly words: Readonly<Record<'name' | 'namePlaceholder' | 'slug' | 'slugHint', string>>
  readonly values: NameAndSlugValues
  readonly onChange: (values: NameAndSlugValues) => void
  readonly refusal: Refusal | null
  /** Of something new: the slug follows the name until it is written by hand. */
  readonly isNew: boolean
}

export function NameAndSlug({ words, values, onChange, refusal, isNew }: Props) {
  const follows = useRef(isNew && values.slug === '')
  return (
    <>
      <TextInput
        label={words.name}
        placeholder={words.namePlaceholder}
        required
        maxLength={120}
        autoComplete="off"
        data-autofocus
        value={values.name}
        error={fieldError(refusal, '/name')}
        onChange={({ currentTarget: { value } }) =>
          onChange({ name: value, slug: follows.current ? slugOf(value) : values.slug })
        }
      />
      <TextInput
        label={words.slug}
        description={words.slugHint}
        required
        maxLength={31}
        autoComplete="off"
        spellCheck={false}
        value={values.slug}
        error={fieldError(refusal, '/slug')}
        onChange={({ currentTarget: { value } }) => {
          follows.current = false
          onChange({ ...values, slug: value })
        }}
      />
    </>
  )
}
