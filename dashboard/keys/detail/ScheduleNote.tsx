import { Text, Title } from '@mantine/core'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Id, Time } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** When the secret is next changed, and by whom. */
export const ScheduleNote = ({ of: { rotation, rotationDueAt } }: { readonly of: KeyView }) => (
  <section>
    <Title order={2} size="h5">
      {t('schedule')}
    </Title>
    {rotation === null ? (
      <Text size="sm">{t('scheduleOff')}</Text>
    ) : (
      <Text size="sm" component="div">
        {t('scheduleEvery', { n: rotation.everyDays })}.{' '}
        {rotation.deliverTo === null ? (
          t('scheduleRemind')
        ) : (
          <>
            {t('scheduleTo')} <Id>{rotation.deliverTo}</Id>
          </>
        )}
      </Text>
    )}
    {rotationDueAt && (
      <Text size="sm" component="div">
        {t('rotationDue')} <Time at={rotationDueAt} />
      </Text>
    )}
  </section>
)
