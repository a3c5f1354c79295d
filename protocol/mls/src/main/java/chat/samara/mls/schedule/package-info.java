/**
 * The key schedule (RFC 9420 §8): the GroupContext, the secrets of an epoch, pre-shared keys, transcript hashes and the
 * exporter. Secrets belong to the group that derived them and stay on its thread.
 */
@NullMarked
package chat.samara.mls.schedule;

import org.jspecify.annotations.NullMarked;
