import { Checkbox, Stack, Switch } from '@mantine/core'
import type { Choice } from '../../../src/keys/schema.ts'
import { Data } from '../../ui/Data.tsx'
import { admits, admitsLater, itemsOf, toggled, withLater } from './choices.ts'

type Item = { readonly id: string; readonly name: string; readonly about?: string | undefined }
type Props = {
  readonly look: 'switches' | 'checkboxes'
  readonly items: readonly Item[]
  readonly choice: Choice
  readonly onChange: (choice: Choice) => void
  /** Of those that come later. */
  readonly later: string
  /** With all of them on there is no restriction. */
  readonly isWhole?: boolean
  /** Which of them a search leaves; what it hides keeps its tick. */
  readonly isShown?: (item: Item) => boolean
}

/** One toggle for each thing, and one for whatever comes later: what is on is what the choice admits. */
export function ChoiceSwitches({ look, items, choice, onChange, later, isWhole = false, isShown = () => true }: Props) {
  const Toggle = look === 'switches' ? Switch : Checkbox
  const unlisted = itemsOf(choice).filter((id) => !items.some((item) => item.id === id))
  const all: Item[] = [...items, ...unlisted.map((id) => ({ id, name: id }))]
  const known = all.map(({ id }) => id)
  return (
    <Stack gap={8}>
      {all.filter(isShown).map(({ id, name, about }) => (
        <Toggle
          key={id}
          label={<Data>{name}</Data>}
          description={about ? <Data>{about}</Data> : undefined}
          checked={admits(choice, id)}
          onChange={(event) => onChange(toggled(choice, id, event.currentTarget.checked, { known, isWhole }))}
        />
      ))}
      <Toggle
        label={later}
        checked={admitsLater(choice)}
        onChange={(event) => onChange(withLater(choice, event.currentTarget.checked, known))}
      />
    </Stack>
  )
}
