import { Button, Group, Paper, SegmentedControl, Stack } from '@mantine/core'
import type { NotificationView } from '../../src/notifications/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { EmptyState, Loading } from '../ui/Page.tsx'
import { ErrorNote, ProblemNote } from '../ui/ProblemNote.tsx'
import { useList } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { useUrl } from '../ui/useUrl.ts'
import { Notice } from './Notice.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function Notices() {
  const [url, setUrl] = useUrl()
  const isUnread = url['show'] === 'unread'
  const list = useList<NotificationView>('/notifications', { unread: isUnread }, { ms: 30_000 })
  const one = useChange({
    run: (id: string) => ask('POST /notifications/read', { body: { ids: [id] } }),
    refreshes: ['notifications'],
  })
  const all = useChange({
    run: () => ask<{ read: number }>('POST /notifications/read', { body: {} }),
    refreshes: ['notifications'],
    said: ({ read }) => t('allRead', { n: read }),
  })
  const hasUnread = list.items.some(({ readAt }) => readAt === null)
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <SegmentedControl
          aria-label={t('show')}
          value={isUnread ? 'unread' : 'all'}
          onChange={(show) => setUrl({ show: show === 'unread' ? show : undefined })}
          data={[
            { value: 'all', label: t('all') },
            { value: 'unread', label: t('unread') },
          ]}
        />
        {hasUnread && (
          <Button variant="default" loading={all.isRunning} onClick={() => void all.change(null)}>
            {t('readAll')}
          </Button>
        )}
      </Group>
      <ProblemNote refusal={one.refusal ?? all.refusal} />
      {list.isLoading ? (
        <Loading />
      ) : list.error ? (
        <ErrorNote error={list.error} onRetry={() => void list.retry()} />
      ) : list.items.length === 0 ? (
        <Nothing isUnread={isUnread} onShowAll={() => setUrl({ show: undefined })} />
      ) : (
        <Paper withBorder component="ul" className="plain-list" p={0} aria-label={t('notices')}>
          {list.items.map((notice) => (
            <Notice key={notice.id} notice={notice} onRead={() => void one.change(notice.id)} />
          ))}
        </Paper>
      )}
      <Group justify="flex-end" gap="xs">
        {list.previous && (
          <Button variant="default" onClick={list.previous}>
            {t('newer')}
          </Button>
        )}
        {list.next && (
          <Button variant="default" onClick={list.next}>
            {t('older')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

type NothingProps = { readonly isUnread: boolean; readonly onShowAll: () => void }
const Nothing = ({ isUnread, onShowAll }: NothingProps) =>
  isUnread ? (
    <EmptyState
      title={t('noneUnread')}
      text={t('noneUnreadText')}
      action={
        <Button variant="default" onClick={onShowAll}>
          {t('showAll')}
        </Button>
      }
    />
  ) : (
    <EmptyState title={t('none')} text={t('noneText')} />
  )
