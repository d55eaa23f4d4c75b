import { Button, Group, Stack } from '@mantine/core'
import type { ManagementTokenView } from '../../../src/people/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data, Id, Time } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { LoadingDialog } from '../../ui/LoadingDialog.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { TokenState } from './TokenState.tsx'
import { texts } from './texts.data.ts'
import { statusOf } from './tokenStatus.ts'

const t = translator(texts)

type Refs = Readonly<Record<string, { readonly name: string }>>
type Props = { readonly tokenId: string; readonly onClose: () => void; readonly onRevoke: () => void }

export function TokenDialog({ tokenId, onClose, onRevoke }: Props) {
  const mayWrite = useMay()('management-tokens:write') !== 'none'
  const { data, error } = useOne<{ managementToken: ManagementTokenView; refs: Refs }>(`/management-tokens/${tokenId}`)
  if (!data) return <LoadingDialog title={t('title')} error={error} onClose={onClose} />
  const { id, name, preview, member, scopes, createdAt, expiresAt, lastUsedAt, revokedAt } = data.managementToken
  return (
    <Dialog title={t('detailsTitle', { name })} onClose={onClose}>
      <Stack gap="md">
        <Facts
          of={[
            [t('status'), <TokenState key="status" token={data.managementToken} />],
            [t('member'), <Data key="member">{data.refs[member]?.name ?? member}</Data>],
            [t('scopes'), scopes.includes('*') ? t('everything') : <Data key="scopes">{scopes.join(', ')}</Data>],
            [t('created'), <Time key="created" at={createdAt} />],
            [t('lastUsed'), <Time key="used" at={lastUsedAt} />],
            [t('expires'), <Time key="expires" at={expiresAt} />],
            revokedAt === null ? null : [t('revokedAt'), <Time key="revoked" at={revokedAt} />],
            [t('preview'), <Id key="preview">{preview}</Id>],
            [t('id'), <Id key="id">{id}</Id>],
          ]}
        />
        {mayWrite && statusOf(data.managementToken, Date.now()) === 'active' && (
          <Group justify="flex-end">
            <Button color="red" onClick={onRevoke}>
              {t('revoke')}
            </Button>
          </Group>
        )}
      </Stack>
    </Dialog>
  )
}
