import { translator } from '../texts.ts'
import { Page } from '../ui/Page.tsx'
import { ChangePassword } from './ChangePassword.tsx'
import { MySessions } from './MySessions.tsx'
import { SecondFactor } from './SecondFactor.tsx'
import { texts } from './texts.data.ts'
import { WhoIAm } from './WhoIAm.tsx'

const t = translator(texts)

export const AccountPage = () => (
  <Page title={t('title')} about={t('about')}>
    <WhoIAm />
    <SecondFactor />
    <ChangePassword />
    <MySessions />
  </Page>
)
