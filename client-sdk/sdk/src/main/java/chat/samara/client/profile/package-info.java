/**
 * A device's store on a disk: an encrypted MVStore in a folder, under a key that Argon2id makes from a passphrase. Opened and closed by
 * the application's thread, used by the client's engine thread.
 */
@NullMarked
package chat.samara.client.profile;

import org.jspecify.annotations.NullMarked;
