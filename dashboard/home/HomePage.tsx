import { SimpleGrid, Stack } from '@mantine/core'
import { useMay, useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { Loading, Page } from '../ui/Page.tsx'
import { Addresses } from './Addresses.tsx'
import { Attention } from './Attention.tsx'
import { FirstSteps } from './FirstSteps.tsx'
import { Gateways } from './Gateways.tsx'
import { KeysByStatus } from './KeysByStatus.tsx'
import { Today } from './Today.tsx'
import { texts } from './texts.data.ts'
import { useProgress } from './useProgress.ts'
import './home.css'

const t = translator(texts)

/** Where somebody comes in: the next step while there is no call yet, then how it goes and what needs him. */
export function HomePage() {
  const { organization } = useSession().session
  const may = useMay()
  const progress = useProgress()
  const mayMakeKeys = may('keys:write') !== 'none'
  const isNew = !progress.isOver && mayMakeKeys
  return (
    <Page title={isNew ? t('welcome') : t('title')} about={<Data>{organization.name}</Data>}>
      {progress.isLoading ? (
        <Loading />
      ) : (
        <Stack gap="lg">
          {isNew && <FirstSteps />}
          {may('usage:read') !== 'none' && <Today />}
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            <Attention />
            {may('keys:read') !== 'none' && <KeysByStatus />}
            <Addresses />
            {may('gateways:read') !== 'none' && <Gateways />}
          </SimpleGrid>
        </Stack>
      )}
    </Page>
  )
}
