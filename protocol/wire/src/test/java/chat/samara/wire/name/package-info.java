@NullMarked
package chat.samara.wire.name;

import org.jspecify.annotations.NullMarked;
