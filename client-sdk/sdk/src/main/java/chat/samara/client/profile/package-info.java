/**
 * A device's store on a disk: a folder with a sealed tree, and a header from which a passphrase gets its key. Opened and closed by the application's thread,
 * used by the client's engine thread.
 */
@NullMarked
package chat.samara.client.profile;

import org.jspecify.annotations.NullMarked;
