import { Alert, Button, Stack, Text } from '@mantine/core'
import { IconShieldCheck, IconShieldExclamation, IconShieldX } from '@tabler/icons-react'
import { translator } from '../texts.ts'
import { CopyButton, Count, Id } from '../ui/Data.tsx'
import { Facts } from '../ui/Facts.tsx'
import { saveFile } from '../ui/saveFile.ts'
import { texts } from './texts.data.ts'
import type { Report } from './verify.ts'

const t = translator(texts)

/** What was found, first in one word, then what it rests on. */
export function Verdict({ report }: { readonly report: Report }) {
  const { finding, head, after, areSignaturesChecked } = report
  if (finding)
    return (
      <Alert
        role="alert"
        color="red"
        icon={<IconShieldX size={20} />}
        title={t('notVerified', { seq: finding.seq })}
        data-because={finding.because}
      >
        <Stack gap="xs">
          <Text size="sm">{t(`because.${finding.because}`)}</Text>
          <Basis report={report} />
        </Stack>
      </Alert>
    )
  const n = head.seq - after.seq
  return (
    <Alert
      role="alert"
      color={areSignaturesChecked ? 'green' : 'yellow'}
      icon={areSignaturesChecked ? <IconShieldCheck size={20} /> : <IconShieldExclamation size={20} />}
      title={areSignaturesChecked ? t('verified', { n }) : t('chainOnly', { n })}
    >
      <Stack gap="xs">
        <Text size="sm">{areSignaturesChecked ? t('verifiedText') : t('chainOnlyText')}</Text>
        <Basis report={report} />
        <Text size="sm">{t('keepIt')}</Text>
        <div>
          <Button variant="default" size="xs" onClick={() => keep(report)}>
            {t('saveResult')}
          </Button>
        </div>
      </Stack>
    </Alert>
  )
}

const Basis = ({ report: { head, confirmedUpTo, signingKeys } }: { readonly report: Report }) => (
  <Facts
    of={[
      [t('right'), <Count key="right" n={head.seq} />],
      [t('signedUpTo'), confirmedUpTo === 0 ? t('notSignedYet') : <Count key="signed" n={confirmedUpTo} />],
      [t('signingKey'), signingKeys.map((key) => <PublicKey key={key} text={key} />)],
      [t('endsWith'), <Id key="hash">{head.hash}</Id>],
    ]}
  />
)

const PublicKey = ({ text }: { readonly text: string }) => (
  <>
    <Id>{text}</Id>
    <CopyButton value={text} label={t('copyKey')} />
  </>
)

/** In the form in which it is taken back next time, here and by `ostiary audit verify --checkpoint`. */
function keep({ organization, after, head, confirmedUpTo, signingKeys, finding }: Report): void {
  const result = { verified: true, organization, from: after.seq + 1, head, confirmedUpTo, signingKeys, finding }
  const day = new Date().toISOString().slice(0, 10)
  const text = `${JSON.stringify(result, null, 2)}\n`
  saveFile(`audit-verified-${day}.json`, new Blob([text], { type: 'application/json' }))
}
