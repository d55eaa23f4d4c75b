import { Alert, Stack, Text } from '@mantine/core'
import { IconLink } from '@tabler/icons-react'
import { useState } from 'react'
import type { ClientView } from '../../../src/keys/rotation/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { useChange } from '../../ui/useChange.ts'
import { RevealSecret } from '../reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../reveal/shownOnce.ts'
import { ClientTable } from './ClientTable.tsx'
import { RotateModes } from './RotateModes.tsx'
import { type RotateFields, rotateDefaults, rotateInputOf } from './rotateInput.ts'
import { texts } from './texts.data.ts'
import { useKey } from './useKey.ts'

const t = translator(texts)

type Props = { readonly keyId: string; readonly onClose: () => void }

/** A new secret under the same id (D53): who uses the old one, what becomes of it, and then the new one, once. */
export function RotateKey({ keyId, onClose }: Props) {
  const { key, error, retry } = useKey(keyId)
  // The answer of a rotation makes this key look anew; the dialog goes on with the one that it has asked about.
  const [answer, setAnswer] = useState<RevealAnswer | null>(null)
  if (answer) return <RevealSecret answer={answer} onDone={onClose} />
  if (!key)
    return (
      <Dialog title={t('rotateTitle')} onClose={onClose}>
        {error ? <ErrorNote error={error} onRetry={() => void retry()} /> : <Loading lines={4} />}
      </Dialog>
    )
  return <RotateForm of={key} onClose={onClose} onRotated={setAnswer} />
}

type FormProps = {
  readonly of: KeyView
  readonly onClose: () => void
  readonly onRotated: (answer: RevealAnswer) => void
}
function RotateForm({ of: key, onClose, onRotated }: FormProps) {
  const { session } = useSession()
  const [fields, setFields] = useState<RotateFields>(rotateDefaults)
  const { change, isRunning, refusal } = useChange({
    run: (input: RotateFields, idempotencyKey) =>
      ask<RevealAnswer>(`POST /keys/${key.id}/rotate`, {
        body: rotateInputOf(input),
        revision: key.revision,
        idempotencyKey,
      }),
    refreshes: ['keys', 'rotations', 'apps'],
    done: onRotated,
  })
  const isForOther = key.owner.type === 'member' && key.owner.id !== session.member.id
  return (
    <FormDialog
      title={t('rotateTitle')}
      size="lg"
      submit={t('rotate')}
      onSubmit={() => void change(fields)}
      onClose={onClose}
      isRunning={isRunning}
      refusal={refusal}
      isDangerous={fields.mode === 'immediate'}
    >
      <Text>{t('rotateText', { name: key.name })}</Text>
      {isForOther && (
        <Alert color="blue" icon={<IconLink size={20} />}>
          {t('rotateForOther')}
        </Alert>
      )}
      <RotateModes fields={fields} onChange={setFields} refusal={refusal} />
      <UsedBy keyId={key.id} name={key.name} />
    </FormDialog>
  )
}

/** A24: whoever has to be told, before it is done. */
function UsedBy({ keyId, name }: { readonly keyId: string; readonly name: string }) {
  const { data, error, isLoading, retry } = useOne<{ readonly items: readonly ClientView[] }>(
    `/keys/${keyId}/clients`,
    {
      days: 30,
    },
  )
  if (isLoading) return <Loading lines={2} />
  if (error || !data) return <ErrorNote error={error} onRetry={() => void retry()} />
  if (data.items.length === 0) return <Text size="sm">{t('usedByNobody')}</Text>
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {t('usedBy')}
      </Text>
      <ClientTable label={t('clientsOf', { name })} items={data.items} />
    </Stack>
  )
}
