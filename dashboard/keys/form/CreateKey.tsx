import { useDeferredValue, useState } from 'react'
import type { NewKey } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { useSession } from '../../session/session.tsx'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useChange } from '../../ui/useChange.ts'
import { RevealSecret } from '../reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../reveal/shownOnce.ts'
import { completed, newKeyOf } from './bodies.ts'
import { DeskProvider, type Ground, t, useGround, useNewDesk } from './desk.ts'
import { KeyTabs } from './KeyTabs.tsx'
import { rulesFor } from './rules.ts'
import { TemplateField } from './TemplateField.tsx'
import { blankValues, type KeyValues } from './values.ts'

type Props = { readonly onClose: () => void; readonly forOthers?: boolean }

/** Makes a key: asks for its settings, then shows its secret once, or the link to it. */
export function CreateKey({ onClose, forOthers = false }: Props) {
  const { ground, error, retry } = useGround()
  const [answer, setAnswer] = useState<RevealAnswer | null>(null)
  // The dialog answers the press; its forty fields come when they are drawn.
  const isDrawn = useDeferredValue(true, false)
  if (answer !== null) return <RevealSecret answer={answer} onDone={onClose} />
  if (ground === null || !isDrawn)
    return (
      <Dialog title={titleFor(forOthers)} onClose={onClose} size="lg">
        {error ? <ErrorNote error={error} onRetry={retry} /> : <Loading lines={6} />}
      </Dialog>
    )
  return <NewKeyForm ground={ground} forOthers={forOthers} onClose={onClose} onMade={setAnswer} />
}

const titleFor = (forOthers: boolean): string => (forOthers ? t('createForTitle') : t('createTitle'))

type FormProps = {
  readonly ground: Ground
  readonly forOthers: boolean
  readonly onClose: () => void
  /** Takes the answer, which is the only place where the secret is. */
  readonly onMade: (answer: RevealAnswer) => void
}
function NewKeyForm({ ground, forOthers, onClose, onMade }: FormProps) {
  const { change, isRunning, refusal } = useChange({
    run: (body: NewKey, idempotencyKey) => ask<RevealAnswer>('POST /keys', { body, idempotencyKey }),
    refreshes: ['keys', 'findings', 'apps'],
    done: onMade,
  })
  const { me } = useSession()
  const [initial] = useState(() => startValues(ground, forOthers, me?.member.role === 'member'))
  const desk = useNewDesk({ ground, initial, refusal })
  const submit = () => {
    const present = desk.present.map(({ id }) => id)
    if (desk.check()) void change(newKeyOf(completed(desk.form.values, present, desk.toolsShown)))
  }
  return (
    <FormDialog
      title={titleFor(forOthers)}
      onClose={onClose}
      size="lg"
      submit={desk.form.values.ownerType === 'member' ? t('createFor') : t('create')}
      onSubmit={submit}
      isRunning={isRunning}
      refusal={refusal}
    >
      <DeskProvider value={desk}>
        <TemplateField />
        <KeyTabs hasOwnerFirst={forOthers} />
      </DeskProvider>
    </FormDialog>
  )
}

/** Where a form begins: in the default project, ending when the policies say, if they say it. */
function startValues({ projects, policies }: Ground, forOthers: boolean, isMember: boolean): KeyValues {
  const home = projects.filter((project) => project.default)
  const { standard, longestChild } = rulesFor(
    policies,
    home.map(({ tier }) => tier),
    isMember,
  )
  return {
    ...blankValues,
    projects: home.map(({ id }) => id),
    expires: standard,
    ttlSeconds: Math.min(3600, longestChild),
    ownerType: forOthers ? 'member' : 'me',
  }
}
