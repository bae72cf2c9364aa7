// Style sheets of the Element Plus parts that are on screen from the start; pages that use
// more import theirs.

import 'element-plus/es/components/base/style/css';
import 'element-plus/es/components/dialog/style/css';
import 'element-plus/es/components/dropdown/style/css';
import 'element-plus/es/components/dropdown-menu/style/css';
import 'element-plus/es/components/dropdown-item/style/css';
import 'element-plus/es/components/popover/style/css';
import 'element-plus/es/components/tooltip/style/css';
