import { Notifications } from '@mantine/notifications'

/** Where `Notices` shows them. */
export const NoticeStack = () => <Notifications position="bottom-right" limit={3} />
