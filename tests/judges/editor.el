;; Emacs without a screen, set up by the lines of docs/editors.md: it opens a file, sees what is wrong, sees it gone
;; when mended, and renames over two files.
;;
;;     QUATER=…/quater DOCS=…/docs/editors.md FOLDER=… emacs -q --batch -l editor.el
(require 'cl-lib)
(require 'package)
;; Up to Emacs 28 Eglot is a package of its own.
(package-initialize)
(require 'eglot)
(require 'flymake)

(defvar folder (getenv "FOLDER"))
(defun in-folder (name) (expand-file-name name folder))
(defun wait-for (what test)
  (let ((end (+ (float-time) 20)))
    (while (not (funcall test))
      (when (> (float-time) end) (error "waited in vain for %s" what))
      (flymake-start)
      (accept-process-output nil 0.1))))
(defun reported ()
  (cl-some (lambda (one) (string-match "Mony" (flymake-diagnostic-text one))) (flymake-diagnostics)))

(make-symbolic-link (getenv "QUATER") (in-folder "quater"))
(push folder exec-path)
(setenv "PATH" (concat folder ":" (getenv "PATH")))
(with-temp-buffer
  (insert-file-contents (getenv "DOCS"))
  (search-forward "```lisp\n")
  (let ((start (point)))
    (search-forward "```")
    (eval-region start (match-beginning 0))))
(with-temp-file (in-folder "common.qtr") (insert "type Money = decimal(2)\n"))
(with-temp-file (in-folder "shop.qtr")
  (insert "service shop version 1\nuse Money from \"./common.qtr\"\n\ntype Price { amount: Mony }\n"))

(setq eglot-sync-connect t)
(find-file (in-folder "shop.qtr"))
;; Without a screen no command ends, after which Eglot would begin by itself.
(unless (eglot-current-server) (apply #'eglot (eglot--guess-contact)))
(wait-for "the report" #'reported)
(goto-char (point-min))
(search-forward "Mony")
(replace-match "Money" t t)
;; Nor is Emacs ever idle, which is when it tells of changes.
(eglot--signal-textDocument/didChange)
(wait-for "the report to go" (lambda () (not (reported))))
(backward-char 2)
(cl-letf (((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
  (eglot-rename "Amount"))
(unless (string-match "amount: Amount" (buffer-string)) (error "not renamed where it is used"))
(with-current-buffer (find-file-noselect (in-folder "common.qtr"))
  (unless (string-match "type Amount" (buffer-string)) (error "not renamed where it is declared")))
(princ "reported, mended, renamed over two files\n")
(eglot-shutdown (eglot-current-server))
(kill-emacs 0)
