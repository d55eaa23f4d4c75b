import { Alert, FileInput, Group, Progress, Radio, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { isPublicKey } from './chain.ts'
import { texts } from './texts.data.ts'
import { type Asked, useVerification } from './useVerification.ts'
import { Verdict } from './Verdict.tsx'

const t = translator(texts)

/** Verifies what control has, or a file, in this browser. */
export function VerifyLog({ onClose }: { readonly onClose: () => void }) {
  const [asked, setAsked] = useState<Asked & { readonly source: 'now' | 'file' }>({
    source: 'now',
    file: null,
    publicKey: '',
    known: null,
  })
  const { verify, progress, report, wrong, error } = useVerification()
  const put = (patch: Partial<typeof asked>) => setAsked({ ...asked, ...patch })
  const isKeyWrong = asked.publicKey.trim() !== '' && !isPublicKey(asked.publicKey.trim())
  const isReady = !isKeyWrong && (asked.source === 'now' || asked.file !== null)
  if (globalThis.crypto.subtle === undefined)
    return (
      <FormDialog
        title={t('verifyTitle')}
        onClose={onClose}
        submit={t('verify')}
        onSubmit={onClose}
        isReady={false}
        {...idle}
      >
        <Alert color="yellow">{t('noCrypto')}</Alert>
      </FormDialog>
    )
  return (
    <FormDialog
      title={t('verifyTitle')}
      size="lg"
      onClose={onClose}
      submit={report ? t('again') : t('verify')}
      onSubmit={() => void verify(asked.source === 'now' ? { ...asked, file: null } : asked)}
      isReady={isReady}
      isRunning={progress !== null}
      refusal={null}
    >
      <Text size="sm">{t('verifyAbout')}</Text>
      <Source source={asked.source} file={asked.file} put={put} />
      <Stack gap="xs">
        <Title order={3} size="h5">
          {t('known')}
        </Title>
        <TextInput
          label={t('publicKey')}
          description={t('publicKeyHint')}
          value={asked.publicKey}
          onChange={(event) => put({ publicKey: event.currentTarget.value })}
          error={isKeyWrong && t('publicKeyWrong')}
          autoComplete="off"
        />
        <FileInput
          label={t('anchors')}
          description={t('anchorsHint')}
          placeholder={t('chooseFile')}
          value={asked.known}
          onChange={(known) => put({ known })}
          error={wrong && t(wrong)}
          clearable
        />
      </Stack>
      {progress && (
        <div role="status">
          <Progress value={progress.part * 100} aria-label={t('progress')} animated={progress.events === 0} />
          <Text size="sm" c="dimmed">
            {progress.events === 0 ? t('fetching') : t('counting', { n: progress.events })}
          </Text>
        </div>
      )}
      <ErrorNote error={error} />
      {report && <Verdict report={report} />}
    </FormDialog>
  )
}

const idle = { isRunning: false, refusal: null } as const

type SourceProps = {
  readonly source: 'now' | 'file'
  readonly file: File | null
  readonly put: (patch: { source?: 'now' | 'file'; file?: File | null }) => void
}
function Source({ source, file, put }: SourceProps) {
  return (
    <>
      <Radio.Group
        label={t('source')}
        value={source}
        onChange={(value) => put({ source: value === 'file' ? 'file' : 'now' })}
      >
        <Group gap="lg" mt={4}>
          <Radio value="now" label={t('sourceNow')} />
          <Radio value="file" label={t('sourceFile')} />
        </Group>
      </Radio.Group>
      {source === 'file' && (
        <FileInput
          label={t('file')}
          placeholder={t('chooseFile')}
          value={file}
          onChange={(chosen) => put({ file: chosen })}
          clearable
        />
      )}
    </>
  )
}
