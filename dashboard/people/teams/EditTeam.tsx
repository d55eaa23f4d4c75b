import { useState } from 'react'
import type { TeamPatch, TeamView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { useChange } from '../../ui/useChange.ts'
import { TeamFields, type TypedTeam } from './TeamFields.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly team: TeamView; readonly onClose: () => void }

export function EditTeam({ team, onClose }: Props) {
  const { slug, name, members } = team
  const [typed, setTyped] = useState<TypedTeam>({ slug, name, members })
  const { change, isRunning, refusal } = useChange({
    run: (body: TeamPatch) => ask<unknown>(`PATCH /teams/${team.id}`, { body, revision: team.revision }),
    refreshes: ['teams', 'members'],
    said: t('saved', { name }),
    done: onClose,
  })
  const save = () =>
    void change({ slug: typed.slug.trim(), name: typed.name.trim() || null, members: [...typed.members] })
  return (
    <FormDialog
      title={t('editTitle', { name })}
      submit={t('save')}
      onClose={onClose}
      onSubmit={save}
      isRunning={isRunning}
      refusal={refusal}
      isReady={typed.slug.trim() !== ''}
    >
      <TeamFields typed={typed} onChange={setTyped} refusal={refusal} />
    </FormDialog>
  )
}
