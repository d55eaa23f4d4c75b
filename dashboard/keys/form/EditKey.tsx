import { Alert, Text } from '@mantine/core'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { DeskProvider, type Ground, t, useGround } from './desk.ts'
import { KeyTabs } from './KeyTabs.tsx'
import { type Shown, useKeyToEdit } from './useKeyToEdit.ts'

type Props = { readonly keyId: string; readonly onClose: () => void }

/** Changes any setting of a key from its next call on; its secret stays (A21, D52). */
export function EditKey({ keyId, onClose }: Props) {
  const { ground, error, retry } = useGround()
  const one = useOne<Shown>(`/keys/${keyId}`)
  const shown = one.data
  if (ground === null || shown === undefined)
    return (
      <Dialog title={t('loadingTitle')} onClose={onClose} size="lg">
        {error || one.error ? (
          <ErrorNote error={error ?? one.error} onRetry={() => (error ? retry() : void one.retry())} />
        ) : (
          <Loading lines={6} />
        )}
      </Dialog>
    )
  if (shown.key.status === 'revoked')
    return (
      <Dialog title={t('editTitle', { name: shown.key.name })} onClose={onClose}>
        <Alert color="yellow">{t('revoked')}</Alert>
      </Dialog>
    )
  return <KeyForm ground={ground} shown={shown} onClose={onClose} />
}

type FormProps = { readonly ground: Ground; readonly shown: Shown; readonly onClose: () => void }
function KeyForm({ ground, shown, onClose }: FormProps) {
  const { desk, submit, isRunning, refusal, isReady } = useKeyToEdit(ground, shown, onClose)
  return (
    <FormDialog
      title={t('editTitle', { name: shown.key.name })}
      onClose={onClose}
      size="lg"
      submit={t('save')}
      onSubmit={submit}
      isRunning={isRunning}
      refusal={refusal}
      isReady={isReady}
    >
      <DeskProvider value={desk}>
        <KeyTabs />
      </DeskProvider>
      {!isReady && (
        <Text size="sm" c="dimmed" ta="end">
          {t('nothingChanged')}
        </Text>
      )}
    </FormDialog>
  )
}
