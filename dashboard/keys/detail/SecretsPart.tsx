import { Text } from '@mantine/core'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Time } from '../../ui/Data.tsx'
import { FactsPart } from './FactsPart.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Version = KeyView['secrets'][number]

/** The versions of its secret, by their dates: what they are is not known here. */
export const SecretsPart = ({ of: { secrets } }: { readonly of: KeyView }) => (
  <FactsPart
    title={t('secrets')}
    of={
      secrets.length === 0
        ? [[t('noSecret'), null]]
        : secrets.map((secret) => [t('version', { n: secret.version }), <Dates key="dates" of={secret} />])
    }
  />
)

const Dates = ({ of: { createdAt, lastUsedAt, validUntil } }: { readonly of: Version }) => (
  <>
    {t('madeAt')} <Time at={createdAt} />,{' '}
    {lastUsedAt === null ? (
      t('neverUsed')
    ) : (
      <>
        {t('usedAt')} <Time at={lastUsedAt} />
      </>
    )}
    <Text size="xs" c="dimmed" component="div">
      {validUntil === null ? (
        t('current')
      ) : (
        <>
          {Date.parse(validUntil) > Date.now() ? t('takenUntil') : t('endedAt')} <Time at={validUntil} />
        </>
      )}
    </Text>
  </>
)
