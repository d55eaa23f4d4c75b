import { useState } from 'react'
import type { TeamView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { useChange } from '../../ui/useChange.ts'
import { TeamFields, type TypedTeam } from './TeamFields.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function CreateTeam({ onClose }: { readonly onClose: () => void }) {
  const [typed, setTyped] = useState<TypedTeam>({ slug: '', name: '', members: [] })
  const { change, isRunning, refusal } = useChange({
    run: ({ slug, name, members }: TypedTeam, idempotencyKey) =>
      ask<{ team: TeamView }>('POST /teams', {
        body: { slug: slug.trim(), members, ...(name.trim() === '' ? {} : { name: name.trim() }) },
        idempotencyKey,
      }),
    refreshes: ['teams'],
    said: ({ team }) => t('createdSaid', { name: team.name }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('createTitle')}
      submit={t('create')}
      onClose={onClose}
      onSubmit={() => void change(typed)}
      isRunning={isRunning}
      refusal={refusal}
      isReady={typed.slug.trim() !== ''}
    >
      <TeamFields typed={typed} onChange={setTyped} refusal={refusal} />
    </FormDialog>
  )
}
