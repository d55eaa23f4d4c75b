import './people.css'
import { useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Page } from '../ui/Page.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { AllOrganizations } from './organizations/AllOrganizations.tsx'
import { FoundOrganization } from './organizations/FoundOrganization.tsx'
import { OwnOrganization } from './organizations/OwnOrganization.tsx'
import { SignInPolicy } from './organizations/SignInPolicy.tsx'
import { texts } from './organizations/texts.data.ts'

const t = translator(texts)

export function OrganizationsPage() {
  const { me } = useSession()
  const [search, set] = useUrl()
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={me?.operator && <AddButton onClick={() => set({ do: 'found' }, 'push')}>{t('found')}</AddButton>}
    >
      <OwnOrganization />
      <SignInPolicy />
      {me?.operator && <AllOrganizations />}
      {me?.operator && search['do'] === 'found' && <FoundOrganization onClose={() => set({ do: undefined })} />}
    </Page>
  )
}
