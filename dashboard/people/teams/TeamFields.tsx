import { TextInput } from '@mantine/core'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { EntitiesPicker } from '../../ui/EntityPicker.tsx'
import { fieldError } from '../../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export type TypedTeam = { readonly slug: string; readonly name: string; readonly members: readonly string[] }
type Props = {
  readonly typed: TypedTeam
  readonly onChange: (typed: TypedTeam) => void
  readonly refusal: Refusal | null
}

export function TeamFields({ typed, onChange, refusal }: Props) {
  return (
    <>
      <TextInput
        label={t('slug')}
        description={t('slugHint')}
        value={typed.slug}
        onChange={(event) => onChange({ ...typed, slug: event.currentTarget.value })}
        error={fieldError(refusal, '/slug')}
        required
        data-autofocus
      />
      <TextInput
        label={t('name')}
        description={t('nameHint')}
        value={typed.name}
        onChange={(event) => onChange({ ...typed, name: event.currentTarget.value })}
        error={fieldError(refusal, '/name')}
      />
      <EntitiesPicker
        path="/members"
        label={t('members')}
        description={t('membersHint')}
        value={typed.members}
        onChange={(members) => onChange({ ...typed, members })}
        error={fieldError(refusal, '/members')}
      />
    </>
  )
}
