/**
 * What a part of the application can hang on a group: its components and their rules (draft-ietf-mls-extensions, "The Safe Application
 * Interface"). The application implements the rules; they are called on the thread that verifies or makes a handshake, by members and
 * observers alike.
 */
@NullMarked
package chat.samara.mls.component;

import org.jspecify.annotations.NullMarked;
