/** Tests of the operator's HTTP endpoint and its client. */
@NullMarked
package chat.samara.server.node.admin;

import org.jspecify.annotations.NullMarked;
