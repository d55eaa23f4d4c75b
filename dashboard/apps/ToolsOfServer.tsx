import { Select } from '@mantine/core'
import { useState } from 'react'
import type { Choice } from '../../src/keys/schema.ts'
import { translator } from '../texts.ts'
import { TagsField } from '../ui/TagsField.tsx'
import { choiceOf, itemsOf, modes } from './choices.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly label: string
  readonly description?: string
  readonly value: Choice
  readonly onChange: (choice: Choice) => void
  /** What is known to be there; other names may be typed. */
  readonly known: string[]
  readonly error?: string | undefined
}

/** All, none, only these or all but these; the names stay while another word is looked at. */
export function ToolsOfServer({ label, description, value, onChange, known, error }: Props) {
  const [names, setNames] = useState(itemsOf(value))
  return (
    <>
      <Select
        label={label}
        {...(description ? { description } : {})}
        data={modes.map((mode) => ({ value: mode, label: t(mode) }))}
        value={value.mode}
        allowDeselect={false}
        error={error}
        onChange={(said) => {
          const mode = modes.find((each) => each === said)
          if (mode) onChange(choiceOf(mode, names))
        }}
      />
      {(value.mode === 'only' || value.mode === 'except') && (
        <TagsField
          label={t('toolNames')}
          description={t('toolNamesHint')}
          data={known}
          value={[...value.items]}
          onChange={(items) => {
            setNames(items)
            onChange(choiceOf(value.mode, items))
          }}
        />
      )}
    </>
  )
}
