import { Tabs } from '@mantine/core'
import { translator } from '../texts.ts'
import { Page } from '../ui/Page.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { MailPreferences } from './MailPreferences.tsx'
import { Notices } from './Notices.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function InboxPage() {
  const [url, setUrl] = useUrl()
  const tab = url['tab'] === 'mail' ? 'mail' : 'notices'
  return (
    <Page title={t('title')} about={t('about')}>
      <Tabs value={tab} onChange={(next) => setUrl({ tab: next === 'mail' ? next : undefined })}>
        <Tabs.List aria-label={t('parts')} mb="md">
          <Tabs.Tab value="notices">{t('notices')}</Tabs.Tab>
          <Tabs.Tab value="mail">{t('preferences')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="notices">{tab === 'notices' && <Notices />}</Tabs.Panel>
        <Tabs.Panel value="mail">{tab === 'mail' && <MailPreferences />}</Tabs.Panel>
      </Tabs>
    </Page>
  )
}
